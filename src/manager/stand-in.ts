/** Built-in controllers that stand in for one of Flux's as long as that one is not there. */
import type { Controller } from '../runtime/controller.ts'
import type { Logger } from '../runtime/log.ts'
import type { FluxController } from '../sync/flux-presence.ts'
import type { FluxWatch } from './flux-watch.ts'

/**
 * A controller that runs what `make` gives while Flux's does not run: it ends them when Flux comes, and makes new ones
 * when Flux has gone. Two that look after the same objects would undo each other's work.
 */
export function newStandIn(options: {
  readonly for: FluxController
  readonly flux: FluxWatch
  readonly make: () => readonly Controller[]
  readonly log: Logger
}): Controller {
  const { for: controller, flux, make, log } = options
  let made: readonly Controller[] = []
  return {
    name: controller,
    problem() {
      const problems = made.flatMap(({ name, problem }) => problem()?.replace(/^/, `${name}: `) ?? [])
      return problems.length > 0 ? problems.join('; ') : undefined
    },
    // Its controllers have their own sources.
    enqueue() {},
    async run(signal) {
      while (!signal.aborted) {
        await flux.until(controller, false, signal)
        if (signal.aborted) return
        const work = new AbortController()
        const any = AbortSignal.any([signal, work.signal])
        made = make()
        const running = Promise.all(made.map(each => each.run(any)))
        running.catch(() => work.abort())
        await flux.until(controller, true, any)
        work.abort(new Error(`Flux's ${controller} is here`))
        await running.finally(() => {
          made = []
        })
        if (!signal.aborted) log.info("Flux's controller is here; the built-in one stays off", { controller })
      }
    },
  }
}
