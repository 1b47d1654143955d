/** The user and password of a URL as a header wants them (RFC 7617). */

/** `Basic ...`, from the URL's user information. */
export function basicAuthorization(url: URL): string {
  const [user, password] = [url.username, url.password].map(decodeURIComponent)
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}
