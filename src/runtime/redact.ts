/** Takes secrets out of texts that people will read: events and error messages that quote what a tool said. */

const patterns: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, '***'],
  // user:password@ of a URL.
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, '$1***@'],
  [/\b(bearer|basic)\s+[\w+/=.~-]{8,}/gi, '$1 ***'],
  // JSON Web Tokens, such as those of service accounts.
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, '***'],
  [
    /\b((?:[\w-]*[_-])?(?:token|secret|password|passwd|api[_-]?key|access[_-]?key|signature))(["']?\s*[=:]\s*["']?)[^\s&"',;]+/gi,
    '$1$2***',
  ],
]

/** The text with what looks like a secret as `***`. It errs on the side of taking out too much. */
export function redact(text: string): string {
  return patterns.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text)
}
