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
    const at = this.extend(1)
    this.times[at] = atMs
    this.values[at] = value
  }

  /** Makes place for more samples and returns the index of the first one; the caller fills them in. */
  extend(samples: number): number {
    const at = this.length
    this.length += samples
    if (this.length > this.times.length) {
      this.times = enlarged(this.times, this.length)
      this.values = enlarged(this.values, this.length)
    }
    return at
  }
}

function enlarged(array: Float64Array<ArrayBuffer>, least: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(least, array.length * 2))
  larger.set(array)
  return larger
}
