/** Telling people: the contract that every alert provider implements, one file each. */

/** How bad it is. */
export type Severity = 'info' | 'warn' | 'error'

/** One alert. */
export interface Alert {
  /** `<canary>.<namespace>`. */
  readonly subject: string
  readonly message: string
  readonly severity: Severity
  readonly fields: readonly { readonly name: string; readonly value: string }[]
}

/** Where alerts go. */
export interface NotifierOptions {
  readonly type: NotifierType
  /** The URL that gets the POST. */
  readonly address: string
  readonly channel?: string
  readonly username?: string
  /** Sent as a bearer token, to Slack alone. */
  readonly token?: string
  /** Proxy for the POST. */
  readonly proxy?: string
}

/** The names of `AlertProvider.spec.type`, and those of ours. */
export type NotifierType = 'slack' | 'msteams' | 'discord' | 'rocket' | 'gchat' | 'lark' | 'generic'

/** The body of an alert for one kind of receiver. */
export interface NotifierFormat {
  /** The URL to post to, from the one that was given. */
  url(address: string): string
  body(alert: Alert, options: NotifierOptions): unknown
  /** Why a receiver whose answer has a status of success did not take the alert; undefined where it did. */
  refusal?(answer: string): string | undefined
  /** Fields without which the receiver refuses the alert. */
  readonly needs: readonly ('channel' | 'username')[]
}
