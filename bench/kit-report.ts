/** What a follower process tells about itself. */
export interface FollowerReport {
  readonly importMs: number
  readonly syncMs: number
  readonly objects: number
  /** Updates seen since the start. */
  readonly changes: number
  /** CPU time since the start, of all threads. */
  readonly cpuMs: number
  readonly peakBytes: number
  /** Resident, after garbage collection. */
  readonly settledBytes: number
  readonly heapBytes: number
}
