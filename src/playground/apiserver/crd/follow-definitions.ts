/** Starts the controller of CRDs when there is the first one: what it needs is slow to load. */
import type { ServerContext } from '../context.ts'
import type { BuiltInRules } from '../resources/built-in-strategy.ts'
import type { SchemaCompiler } from './schema-cache.ts'

/** Serves the CRDs that are stored, which it waits for, and those to come. */
export async function followDefinitions(
  server: ServerContext,
  rules: BuiltInRules,
  compile?: SchemaCompiler,
): Promise<void> {
  const table = server.store.table('apiextensions.k8s.io/customresourcedefinitions')
  const start = async () => {
    const { DefinitionsController } = await import('./definitions-controller.ts')
    const { newSchemaCache } = await import('./schema-cache.ts')
    if (!server.closing.aborted) new DefinitionsController(server, rules, compile ?? newSchemaCache()).start()
  }
  if (table.size > 0) return start()
  const stop = table.listen(() => {
    stop()
    start().catch((error: unknown) => server.log.error('custom resources are not served', { error }))
  })
}
