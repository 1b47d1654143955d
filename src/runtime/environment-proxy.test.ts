import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { environmentProxy } from './environment-proxy.ts'

const proxy = 'http://proxy:3128/'

describe('the proxy of the environment', () => {
  const cases: readonly {
    readonly name: string
    readonly env: Readonly<Record<string, string>>
    /** By URL: the proxy, or undefined where the request goes directly. */
    readonly want: Readonly<Record<string, string | undefined>>
  }[] = [
    { name: 'is none where no variable names one', env: { NO_PROXY: 'a' }, want: { 'http://b/': undefined } },
    {
      name: 'is that of the scheme of the URL',
      env: { HTTP_PROXY: 'http://plain:1', HTTPS_PROXY: 'http://secure:2' },
      want: { 'http://a.example/x': 'http://plain:1/', 'https://a.example/': 'http://secure:2/' },
    },
    {
      name: 'for https is not taken from the variable for http',
      env: { HTTP_PROXY: proxy },
      want: { 'http://a/': proxy, 'https://a/': undefined },
    },
    {
      name: 'may be named in lower case, which an upper-case variable with a value wins over',
      env: { http_proxy: 'http://lower:1', HTTP_PROXY: '', HTTPS_PROXY: proxy, https_proxy: 'http://lower:2' },
      want: { 'http://a/': 'http://lower:1/', 'https://a/': proxy },
    },
    {
      name: 'needs no scheme, and may have a user, or speak TLS or SOCKS',
      env: { HTTP_PROXY: 'proxy:3128', HTTPS_PROXY: 'https://u:p@proxy:8443' },
      want: { 'http://a/': proxy, 'https://a/': 'https://u:p@proxy:8443/' },
    },
    {
      name: 'may be a bare address',
      env: { HTTP_PROXY: '10.0.0.1:3128', HTTPS_PROXY: 'socks5h://10.0.0.1:1080' },
      want: { 'http://a/': 'http://10.0.0.1:3128/', 'https://a/': 'socks5://10.0.0.1:1080' },
    },
    {
      name: 'for http does not count in a CGI program, where a caller could set it',
      env: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, REQUEST_METHOD: 'GET' },
      want: { 'http://a/': undefined, 'https://a/': proxy },
    },
    {
      name: 'is never that of this machine',
      env: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy },
      want: {
        'http://localhost:9090/': undefined,
        'https://LOCALHOST/': undefined,
        'http://127.0.0.1/': undefined,
        'http://127.3.2.1:80/': undefined,
        'http://[::1]:9090/': undefined,
        'http://[::ffff:127.0.0.1]/': undefined,
        'http://localhost.example/': proxy,
        'http://128.0.0.1/': proxy,
      },
    },
    {
      name: 'is not for names in NO_PROXY and what is below them',
      env: { HTTP_PROXY: proxy, NO_PROXY: 'example.com, Upper.Example ,svc' },
      want: {
        'http://example.com/': undefined,
        'http://a.b.example.com:8080/': undefined,
        'http://EXAMPLE.com/': undefined,
        'http://upper.example/': undefined,
        'http://prometheus.monitoring.svc/': undefined,
        'http://notexample.com/': proxy,
        'http://example.com.evil/': proxy,
        'http://prometheus/': proxy,
      },
    },
    {
      name: 'is for a name itself where NO_PROXY has it with a dot or an asterisk in front',
      env: { HTTP_PROXY: proxy, NO_PROXY: '.example.com,*.other.example' },
      want: {
        'http://a.example.com/': undefined,
        'http://example.com/': proxy,
        'http://a.other.example/': undefined,
        'http://other.example/': proxy,
      },
    },
    {
      name: 'is not for one port where NO_PROXY has it, which the scheme tells where the URL does not',
      env: {
        HTTP_PROXY: proxy,
        HTTPS_PROXY: proxy,
        NO_PROXY: 'example.com:443,.dot.example:8080,10.0.0.1:80,[fd00::1]:80',
      },
      want: {
        'https://example.com/': undefined,
        'http://example.com/': proxy,
        'http://a.dot.example:8080/': undefined,
        'http://a.dot.example/': proxy,
        'http://10.0.0.1/': undefined,
        'http://10.0.0.1:8080/': proxy,
        'http://[fd00::1]/': undefined,
        'https://[fd00::1]/': proxy,
      },
    },
    {
      name: 'is not for addresses and ranges in NO_PROXY',
      env: { HTTP_PROXY: proxy, NO_PROXY: '192.168.1.1,10.96.0.0/12,fd00::/8,2001:db8::1' },
      want: {
        'http://192.168.1.1:9090/': undefined,
        'http://192.168.1.2/': proxy,
        'http://10.100.3.4/': undefined,
        'http://10.112.0.1/': proxy,
        'http://[fd12::9]/': undefined,
        'http://[2001:db8:0::1]/': undefined,
        'http://[2001:db8::2]/': proxy,
        'http://[::ffff:10.97.0.1]/': undefined,
      },
    },
    {
      name: 'is for nothing where NO_PROXY is an asterisk',
      env: { HTTP_PROXY: proxy, no_proxy: 'a,*' },
      want: { 'http://b/': undefined },
    },
    {
      name: 'is not changed by words of NO_PROXY that mean nothing',
      env: { HTTP_PROXY: proxy, NO_PROXY: ',,:80,.,10.0.0.0/99,192.168' },
      want: {
        'http://a/': proxy,
        'http://10.0.0.1/': proxy,
        'http://192.168.0.1/': proxy,
        'http://192.0.0.168/': proxy,
      },
    },
    {
      name: 'knows a name in NO_PROXY by its own letters',
      env: { HTTP_PROXY: proxy, NO_PROXY: 'bücher.example' },
      want: { 'http://xn--bcher-kva.example/': undefined, 'http://a.bücher.example/': undefined },
    },
  ]
  for (const { name, env, want } of cases) {
    it(name, () => {
      const proxyFor = environmentProxy(env)
      const found = Object.keys(want).map(url => [url, proxyFor?.(url)])
      assert.deepEqual(Object.fromEntries(found), want)
    })
  }

  for (const [name, value] of [
    ['HTTP_PROXY', 'ftp://proxy'],
    ['https_proxy', 'http://user:secret@'],
  ] as const) {
    it(`is refused where ${name} names none, without a word of what may be a password`, () =>
      assert.throws(() => environmentProxy({ [name]: value }), {
        reason: 'InvalidProxy',
        message: `${name} is no proxy; use a form such as http://proxy:3128`,
      }))
  }
})
