/** Samples of one series within a range of time. */

/** Parallel arrays; only the first `length` entries count. */
export interface Points {
  readonly length: number
  readonly times: Float64Array | readonly number[]
  readonly values: Float64Array | readonly number[]
}

/** A buffer that ranges are read into; it grows and is used again. */
export class Window implements Points {
  length = 0
  times = new Float64Array(128)
  values = new Float64Array(128)

  push(atMs: number, value: number): void {
    if (this.length === this.times.length) {
      this.times = doubled(this.times)
      this.values = doubled(this.values)
    }
    this.times[this.length] = atMs
    this.values[this.length++] = value
  }
}

function doubled(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2)
  larger.set(array)
  return larger
}
