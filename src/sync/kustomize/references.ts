/** Which texts in a kustomization make kustomize reach beyond the files of the source. */

const remotePatterns = [
  /:\/\//,
  /^git@/,
  /^gh:/,
  /^git::/,
  /^(www\.)?github\.com[/:]/i,
  /\?(.*&)?(ref|version|timeout|submodules)=/,
  // user@host:path or host:path, but not a Windows drive, which is refused as absolute anyway.
  /^[\w.-]+@[\w.-]+:/,
  /^[\w.-]{2,}:[^=]/,
  /_git\//,
]

/** Whether kustomize would take the text for something to fetch. Errs on the side of yes. */
export function isRemote(reference: string): boolean {
  return remotePatterns.some(pattern => pattern.test(reference))
}
