/** Image references, as far as the pull policy depends on them. */

/** Whether a reference means the tag `latest`: by name, or by naming neither a tag nor a digest. */
export function isLatestImage(reference: string): boolean {
  if (reference === '' || reference.includes('@')) return false
  const lastPart = reference.slice(reference.lastIndexOf('/') + 1)
  const colon = lastPart.lastIndexOf(':')
  return colon < 0 ? isReference(reference) : lastPart.slice(colon + 1) === 'latest'
}

// What is not a reference has no tag at all. distribution/reference: lower-case path components after an optional host.
function isReference(text: string): boolean {
  const slash = text.indexOf('/')
  const first = text.slice(0, slash)
  const hasHost = slash > 0 && (/[.:A-Z]/.test(first) || first === 'localhost')
  const path = hasHost ? text.slice(slash + 1) : text
  return path.split('/').every(component => /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/.test(component))
}
