/** What can be wrong with a query, by the API's error types. */

/** The query is not PromQL, or not a query that can run; the API answers 400 `bad_data`. */
export class PromqlSyntaxError extends Error {
  override readonly name = 'PromqlSyntaxError'
  readonly reason = 'bad_data'

  /** `message` in Prometheus's words; the offset becomes its `LINE:COLUMN: parse error:` prefix. */
  constructor(message: string, query: string, offset: number) {
    const before = query.slice(0, offset)
    const line = before.split('\n').length
    const column = offset - before.lastIndexOf('\n')
    super(`${line}:${column}: parse error: ${message}`)
  }
}

/** The query uses a part of the language that only a real Prometheus has; the API answers 400 `bad_data`. */
export class UnsupportedPromqlError extends Error {
  override readonly name = 'UnsupportedPromqlError'
  readonly reason = 'bad_data'
  constructor(what: string) {
    super(
      `${what} is not supported by the embedded Prometheus; ` +
        '`serin up --prometheus URL|BINARY` uses a real one that supports it',
    )
  }
}

/** The query is well-formed but its evaluation failed; the API answers 422 `execution`. */
export class PromqlExecutionError extends Error {
  override readonly name = 'PromqlExecutionError'
  readonly reason = 'execution'
}

/** The query took too long; the API answers 503 `timeout`. */
export class PromqlTimeoutError extends Error {
  override readonly name = 'PromqlTimeoutError'
  readonly reason = 'timeout'
}
