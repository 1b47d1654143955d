/** The buttons of a rollout. Those that make no sense, or are not allowed, say why. */
import { useSignal, useSignalEffect } from '@preact/signals'
import { whyNot } from '../../src/dashboard/allowed-actions.ts'
import type { ActionName, Permissions, RolloutItem } from '../../src/dashboard/wire.ts'
import { fetchRefused, requestAction, session } from './session.ts'

const words: Readonly<Record<ActionName, { readonly label: string; readonly question?: string }>> = {
  pause: { label: 'Pause' },
  resume: { label: 'Resume' },
  promote: {
    label: 'Promote',
    question: 'Promote now? The remaining checks are left out, and the new revision gets all traffic.',
  },
  abort: { label: 'Abort', question: 'Abort? All traffic goes back to the primary, and the new revision is dropped.' },
  retry: { label: 'Retry', question: 'Retry? The revision that failed is analysed again from the beginning.' },
}

/** Pause or resume; then what the phase is about: promote and abort, or retry. */
export function Actions(props: { readonly rollout: RolloutItem }) {
  const { rollout } = props
  const asked = useSignal<ActionName | undefined>(undefined)
  const outcome = useSignal<{ readonly text: string; readonly bad: boolean } | undefined>(undefined)
  const isReader = session.value.role === 'reader'
  const refused = useSignal<Permissions['refused']>({})
  useSignalEffect(() => {
    refused.value = {}
    if (session.value.role === 'user') void fetchRefused(rollout).then(answer => (refused.value = answer))
  })
  const onTheWay: readonly ActionName[] = rollout.phase === 'Failed' ? ['retry'] : ['promote', 'abort']
  const shown: readonly ActionName[] = [rollout.suspended ? 'resume' : 'pause', ...onTheWay]
  const reader = session.value.reason ?? 'You can only look.'

  async function carryOut(action: ActionName) {
    asked.value = undefined
    const problem = await requestAction(action, rollout)
    outcome.value = problem ? { text: problem, bad: true } : { text: `${words[action].label}: done.`, bad: false }
  }
  const question = asked.value && words[asked.value].question
  return (
    <div class="actions">
      <fieldset aria-describedby="actions-note">
        <legend class="visually-hidden">Actions</legend>
        {shown.map(action => {
          const reason = isReader ? reader : (refused.value[action] ?? whyNot(action, rollout))
          return (
            <button
              key={action}
              type="button"
              class={action === 'abort' ? 'danger' : ''}
              // Not `disabled`: it stays reachable, so that everybody can find out why.
              aria-disabled={reason ? 'true' : undefined}
              title={reason}
              onClick={() => {
                outcome.value = undefined
                if (reason) outcome.value = { text: reason, bad: false }
                else if (words[action].question) asked.value = action
                else void carryOut(action)
              }}
            >
              {words[action].label}
            </button>
          )
        })}
      </fieldset>
      <p id="actions-note" class={outcome.value?.bad ? 'problem' : 'muted'} role="status">
        {outcome.value?.text ?? (isReader ? reader : '')}
      </p>
      {question && asked.value ? (
        <div class="confirm" role="alertdialog" aria-label="Are you sure?" aria-describedby="confirm-text">
          <p id="confirm-text">{question}</p>
          <p class="buttons">
            <button type="button" class="quiet" onClick={() => (asked.value = undefined)}>
              Cancel
            </button>
            <button
              type="button"
              class={asked.value === 'abort' ? 'danger' : ''}
              ref={button => button?.focus()}
              onClick={() => asked.value && void carryOut(asked.value)}
            >
              {words[asked.value].label}
            </button>
          </p>
        </div>
      ) : null}
    </div>
  )
}
