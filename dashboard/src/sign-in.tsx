/** Signing in with a token, and what it allows. */
import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { session, signIn } from './session.ts'

/** The button in the header and its dialog. */
export function SignIn() {
  const dialog = useRef<HTMLDialogElement>(null)
  const input = useRef<HTMLInputElement>(null)
  const problem = useSignal('')
  const { role } = session.value
  if (role !== 'reader') {
    return (
      <p class="session">
        <span>{role === 'operator' ? 'Operator' : 'Signed in'}</span>
        <button type="button" class="quiet" onClick={() => void signIn('')}>
          Sign out
        </button>
      </p>
    )
  }
  return (
    <p class="session">
      <span class="muted">Read-only</span>
      <button type="button" class="quiet" onClick={() => dialog.current?.showModal()}>
        Sign in
      </button>
      <dialog ref={dialog} aria-labelledby="sign-in-title">
        <form onSubmit={submit}>
          <h2 id="sign-in-title">Sign in</h2>
          <p>
            A token lets you pause, promote and abort, as far as the clusters allow its bearer. It is kept in this tab
            only.
          </p>
          <label>
            Token
            <input ref={input} type="password" autocomplete="off" required aria-describedby="sign-in-problem" />
          </label>
          <p id="sign-in-problem" class="problem" role="alert">
            {problem}
          </p>
          <p class="buttons">
            <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
            <button type="submit">Sign in</button>
          </p>
        </form>
      </dialog>
    </p>
  )

  async function submit(event: Event) {
    event.preventDefault()
    const { role, reason } = await signIn(input.current?.value ?? '')
    problem.value = role === 'reader' ? (reason ?? 'The token was refused.') : ''
    if (role === 'reader') await signIn('')
    else dialog.current?.close()
  }
}
