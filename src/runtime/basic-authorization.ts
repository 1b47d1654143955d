/** The user and password of a URL as a header wants them (RFC 7617). */

/** `Basic ...`, from the URL's user information. */
export function basicAuthorization(url: URL): string {
  const [user, password] = [url.username, url.password].map(decodeURIComponent)
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

/**
 * What Go's client does with the user and password of a URL: they become a header. The URL without them, and the header
 * where there are any; a text that is no URL is left as it is.
 */
export function withoutUser(text: string): { readonly url: string; readonly authorization?: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.username === '' && url.password === '')) return { url: text }
  const authorization = basicAuthorization(url)
  url.username = ''
  url.password = ''
  return { url: url.href, authorization }
}
