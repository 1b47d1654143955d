/** The `serin` program: reads the command line, runs a command, ends with its exit code. */
import { CommanderError } from 'commander'
import { systemClock } from '../runtime/clock.ts'
import { endingOf, exitCodes } from './errors.ts'
import { withTwoDashes } from './go-flags.ts'
import { processIo } from './io.ts'
import { newProgram } from './program.ts'
import { endOnSignals, endWhenNobodyReads } from './signals.ts'

const stop = new AbortController()
endOnSignals(stop, systemClock)
endWhenNobodyReads(stop, [process.stdout, process.stderr])
const io = processIo(systemClock, stop.signal)

// A terminal shows Ctrl-C as ^C where the cursor is; what comes next, such as the shell's prompt, would stand behind it.
const eraseKeyPress = () => {
  if (io.isTerminal) io.out('\r\u001b[K')
}
process.on('SIGINT', () => {
  eraseKeyPress()
  // The terminal may be late with it.
  process.once('exit', eraseKeyPress)
})

// Whatever a command has left open must not keep its process alive.
const lingerMs = 2_000

try {
  await newProgram(io).parseAsync(withTwoDashes(process.argv.slice(2)), { from: 'user' })
} catch (error) {
  if (error instanceof CommanderError) {
    // Help and version come this way as well; the parser has printed what there is to say.
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  } else if (stop.signal.aborted) {
    process.exitCode = exitCodes.interrupted
  } else {
    const { code, line } = endingOf(error)
    io.err(`serin: ${line}\n`)
    process.exitCode = code
  }
}
systemClock.setTimer(() => process.exit(), lingerMs)
