/** What expressions evaluate to. */
import type { Labels } from '../labels.ts'
import type { Points } from '../storage/window.ts'

/** One element of an instant vector. */
export interface Sample {
  readonly labels: Labels
  readonly value: number
  /** Whether the metric's name goes when the query ends; only with delayed name removal. */
  readonly dropName: boolean
}

/** An instant vector. Its order is that of the series it came from unless a function sorts. */
export type Vector = readonly Sample[]

/** Elements of a vector that an aggregation takes together. */
export interface Group {
  /** What they have in common: the labels of the result. */
  readonly labels: Labels
  readonly samples: Sample[]
}

/** One series of a range vector or of a range query's result. */
export interface SeriesPoints {
  readonly labels: Labels
  readonly points: Points
}

/** The result of a query. */
export type QueryValue =
  | { readonly type: 'scalar'; readonly atMs: number; readonly value: number }
  | { readonly type: 'string'; readonly atMs: number; readonly value: string }
  | { readonly type: 'vector'; readonly atMs: number; readonly samples: Vector }
  | { readonly type: 'matrix'; readonly series: readonly SeriesPoints[] }

/** Evaluates a part of a query at a time. */
export type At<T> = (atMs: number) => T
