/** A real sshd on a free port, for the user who runs the test. */
import { execFile, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { eventually } from './eventually.ts'
import { freePorts } from './free-ports.ts'

/** A running server. */
export interface SshServer {
  /** `ssh://USER@127.0.0.1:PORT`; paths are absolute. */
  readonly url: string
  /** Its line for a known_hosts file. */
  readonly knownHosts: string
  /** The private key of one who may log in, without and with a passphrase. */
  readonly identity: string
  readonly lockedIdentity: string
  readonly passphrase: string
  /** A key whose owner may not log in. */
  readonly strangersIdentity: string
  close(): Promise<void>
}

const run = promisify(execFile)

/** Starts it; `program` is sshd's absolute path, without which it does not start. */
export async function startSshServer(program: string): Promise<SshServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'serin-ssh-'))
  const file = (name: string) => path.join(folder, name)
  const passphrase = 'open sesame'
  const newKey = async (name: string, secret = '') => {
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', secret, '-C', name, '-f', file(name)])
    return { identity: await readFile(file(name), 'utf8'), publicKey: await readFile(file(`${name}.pub`), 'utf8') }
  }
  const [host, user, locked, stranger] = [
    await newKey('host'),
    await newKey('user'),
    await newKey('locked', passphrase),
    await newKey('stranger'),
  ]
  await writeFile(file('authorized_keys'), `${user.publicKey}${locked.publicKey}`)
  await chmod(file('authorized_keys'), 0o600)
  // Where Debian's keeps what it may not write to; only root can make it, and only root's sshd looks for it.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 })
  const [port = 0] = await freePorts(1)
  await writeFile(
    file('config'),
    [
      'ListenAddress 127.0.0.1',
      `Port ${port}`,
      `HostKey ${file('host')}`,
      `AuthorizedKeysFile ${file('authorized_keys')}`,
      'PidFile none',
      'UsePAM no',
      'StrictModes no',
      'PasswordAuthentication no',
      'PermitRootLogin prohibit-password',
      '',
    ].join('\n'),
  )
  const child = spawn(program, ['-D', '-e', '-f', file('config')], { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', chunk => {
    log += chunk
  })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  const close = async () => {
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await eventually('sshd listens', () => {
      if (child.exitCode !== null) throw new Error(`sshd ended: ${log}`)
      return answers(port)
    })
  } catch (error) {
    await close()
    throw error
  }
  return {
    url: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    knownHosts: `[127.0.0.1]:${port} ${host.publicKey}`,
    identity: user.identity,
    lockedIdentity: locked.identity,
    passphrase,
    strangersIdentity: stranger.identity,
    close,
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('data', () => {
      resolve(true)
      socket.destroy()
    })
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })
}
