/** The events of Kustomizations. Their reason is that of the Ready condition. */
import type { EventText } from '../../runtime/events.ts'

/** Something was written or deleted: a line an object. */
export function changed(lines: readonly string[], revision: string): EventText {
  return { type: 'Normal', reason: 'Progressing', message: lines.join('\n'), ...annotated(revision) }
}

/** A run that was about something new has ended well. */
export function finished(durationText: string, intervalText: string, revision: string): EventText {
  return {
    type: 'Normal',
    reason: 'ReconciliationSucceeded',
    message: `Reconciliation finished in ${durationText}, next run in ${intervalText}`,
    ...annotated(revision),
  }
}

/** A run failed. */
export function failed(reason: string, message: string, revision: string | undefined): EventText {
  return { type: 'Warning', reason, message, ...(revision === undefined ? {} : annotated(revision)) }
}

/** Something else has to be ready first. */
export function waits(retryText: string): EventText {
  const message = `Dependencies do not meet ready condition, retrying in ${retryText}`
  return { type: 'Normal', reason: 'DependencyNotReady', message }
}

/** The objects of a deleted Kustomization could not be deleted. */
export function pruneFailed(message: string): EventText {
  return { type: 'Warning', reason: 'PruneFailed', message: `pruning for deleted resource failed: ${message}` }
}

function annotated(revision: string) {
  return { annotations: { 'kustomize.toolkit.fluxcd.io/revision': revision } }
}
