/** Lines out of a stream of bytes, as they come, with a bound on their length. */

/** A line was longer than the reader allows. */
export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError'
  readonly reason = 'LineTooLong'
}

const newline = 10

/**
 * Yields each line without its end; a last line without an end is yielded as well. Empty lines are left out.
 * `maxBytes` bounds one line. Characters split across chunks are put together again.
 * @throws LineTooLongError
 */
export async function* readLines(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<string, void, void> {
  let pending: Buffer[] = []
  let pendingBytes = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const tail = chunk.subarray(start, end)
      checkLength(pendingBytes + tail.length, maxBytes)
      if (pendingBytes + tail.length > 0) yield textOf(pending, tail)
      pending = []
      pendingBytes = 0
      start = end + 1
    }
    if (start < chunk.length) {
      pending.push(chunk.subarray(start))
      pendingBytes += chunk.length - start
      checkLength(pendingBytes, maxBytes)
    }
  }
  if (pendingBytes > 0) yield textOf(pending, Buffer.alloc(0))
}

function textOf(pending: readonly Buffer[], tail: Buffer): string {
  return (pending.length === 0 ? tail : Buffer.concat([...pending, tail])).toString('utf8')
}

function checkLength(bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw new LineTooLongError(`a line is longer than ${maxBytes} bytes`)
}
