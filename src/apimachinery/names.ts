/** The rules for names, label keys and label values, in the words of the Kubernetes API. Each returns what is wrong, or []. */

/** 0 to 63 bytes; the limit of labels and of most names that become DNS labels. */
export const labelMaxLength = 63
/** The limit of most object names. */
export const subdomainMaxLength = 253

const dns1123Label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const dns1123LabelPattern = new RegExp(`^${dns1123Label}$`)
const dns1123Subdomain = `${dns1123Label}(\\.${dns1123Label})*`
const dns1123SubdomainPattern = new RegExp(`^${dns1123Subdomain}$`)
const dns1035Label = '[a-z]([-a-z0-9]*[a-z0-9])?'
const dns1035LabelPattern = new RegExp(`^${dns1035Label}$`)
const qualifiedNamePart = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const qualifiedNamePartPattern = new RegExp(`^${qualifiedNamePart}$`)
const labelValue = '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?'
const labelValuePattern = new RegExp(`^${labelValue}$`)
const configMapKey = '[-._a-zA-Z0-9]+'
const configMapKeyPattern = new RegExp(`^${configMapKey}$`)
const envVarName = '[-._a-zA-Z][-._a-zA-Z0-9]*'

const alphanumericEnds =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"

/** What is wrong with `value` as a DNS label (RFC 1123), for example the name of a Namespace. */
export function dns1123LabelProblems(value: string): string[] {
  const problems = tooLong(value, labelMaxLength)
  if (dns1123LabelPattern.test(value)) return problems
  if (dns1123SubdomainPattern.test(value)) return [...problems, 'must not contain dots']
  return [
    ...problems,
    regexProblem(
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
      dns1123Label,
      'my-name',
      '123-abc',
    ),
  ]
}

/** What is wrong with `value` as a DNS subdomain (RFC 1123), as most object names must be. */
export function dns1123SubdomainProblems(value: string): string[] {
  return subdomainProblems(value, 'characters')
}

function subdomainProblems(value: string, unit: 'characters' | 'bytes'): string[] {
  const problems = tooLong(value, subdomainMaxLength, unit)
  if (dns1123SubdomainPattern.test(value)) return problems
  return [
    ...problems,
    regexProblem(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      dns1123Subdomain,
      'example.com',
    ),
  ]
}

/** What is wrong with `value` as a wildcard subdomain such as `*.example.com`. */
export function wildcardDns1123SubdomainProblems(value: string): string[] {
  const problems = tooLong(value, subdomainMaxLength)
  if (value.startsWith('*.') && dns1123SubdomainPattern.test(value.slice(2))) return problems
  return [
    ...problems,
    regexProblem(
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
      `\\*\\.${dns1123Subdomain}`,
      '*.example.com',
    ),
  ]
}

/** What is wrong with `value` as a DNS label (RFC 1035): starts with a letter, as names of Services must. */
export function dns1035LabelProblems(value: string): string[] {
  const problems = tooLong(value, labelMaxLength)
  if (dns1035LabelPattern.test(value)) return problems
  return [
    ...problems,
    regexProblem(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      dns1035Label,
      'my-name',
      'abc-123',
    ),
  ]
}

/** What is wrong with `value` as a qualified name: the key of a label or annotation, or a finalizer. */
export function qualifiedNameProblems(value: string): string[] {
  const parts = value.split('/')
  const [prefix, name] = parts.length === 1 ? [undefined, value] : [parts[0] ?? '', parts[1] ?? '']
  if (parts.length > 2) {
    return [
      `a valid label key ${regexProblem(alphanumericEnds, qualifiedNamePart, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const problems: string[] = []
  if (prefix === '') problems.push('prefix part must be non-empty')
  else if (prefix !== undefined) problems.push(...subdomainProblems(prefix, 'bytes').map(p => `prefix part ${p}`))
  if (name === '') problems.push('name part must be non-empty')
  problems.push(...tooLong(name, labelMaxLength, 'bytes').map(p => `name part ${p}`))
  if (!qualifiedNamePartPattern.test(name)) {
    problems.push(`name part ${regexProblem(alphanumericEnds, qualifiedNamePart, 'MyName', 'my.name', '123-abc')}`)
  }
  return problems
}

/** What is wrong with `value` as the value of a label; the empty string is fine. */
export function labelValueProblems(value: string): string[] {
  const problems = tooLong(value, labelMaxLength, 'bytes')
  if (labelValuePattern.test(value)) return problems
  return [
    ...problems,
    regexProblem(
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      labelValue,
      'MyValue',
      'my_value',
      '12345',
    ),
  ]
}

/** What is wrong with `value` as the key of a ConfigMap or Secret. */
export function configMapKeyProblems(value: string): string[] {
  const problems = tooLong(value, subdomainMaxLength)
  if (!configMapKeyPattern.test(value)) {
    problems.push(
      regexProblem(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        configMapKey,
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    )
  }
  if (value === '.') problems.push("must not be '.'")
  else if (value === '..') problems.push("must not be '..'")
  else if (value.startsWith('..')) problems.push("must not start with '..'")
  return problems
}

/** What is wrong with `value` as the name of an environment variable: any printable ASCII but `=` is fine. */
export function envVarNameProblems(value: string): string[] {
  if (value === '') return ['environment variable name must be non-empty']
  return /^[\x20-\x3c\x3e-\x7e]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
}

/** What is wrong with `value` as an environment variable's name where the strict rule holds (`envFrom` prefixes). */
export function strictEnvVarNameProblems(value: string): string[] {
  return new RegExp(`^${envVarName}$`).test(value)
    ? []
    : [
        regexProblem(
          "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
          envVarName,
          'my.env-name',
          'MY_ENV.NAME',
          'MyEnvName1',
        ),
      ]
}

/** What is wrong with `value` as the name of a port (RFC 6335). */
export function portNameProblems(value: string): string[] {
  const problems = tooLong(value, 15)
  if (!/^[-a-z0-9]+$/.test(value)) {
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  }
  if (!/[a-z]/.test(value)) problems.push('must contain at least one letter (a-z)')
  if (value.includes('--')) problems.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) problems.push('must not begin or end with a hyphen')
  return problems
}

/** What is wrong with `port` as a port number. */
export function portNumberProblems(port: number): string[] {
  return Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : ['must be between 1 and 65535, inclusive']
}

/** The sentence for a value that a pattern refuses, with examples of good ones. */
export function regexProblem(sentence: string, pattern: string, ...examples: readonly string[]): string {
  const good = examples.map(example => `'${example}', `).join(' or ')
  return `${sentence} (${good ? `e.g. ${good}` : ''}regex used for validation is '${pattern}')`
}

// The API counts bytes everywhere, but says so only for label keys and values.
function tooLong(value: string, max: number, unit: 'characters' | 'bytes' = 'characters'): string[] {
  return Buffer.byteLength(value) > max ? [`must be no more than ${max} ${unit}`] : []
}
