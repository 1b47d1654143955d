/** The parameters of operations. */

/** One parameter, of the path or of the query. */
export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly type: 'string' | 'integer' | 'boolean'
  readonly description: string
}

const described: Readonly<Record<string, Omit<Parameter, 'name' | 'in'>>> = {
  allowWatchBookmarks: {
    type: 'boolean',
    description: 'Ask for watch events of type BOOKMARK, which only tell how far the watch has come.',
  },
  continue: { type: 'string', description: 'Where a list in chunks goes on; from the metadata of the chunk before.' },
  dryRun: {
    type: 'string',
    description: 'Go through all stages of the request, but store nothing. Valid values are: All.',
  },
  fieldManager: {
    type: 'string',
    description: 'The name of the actor that makes these changes; at most 128 printable characters.',
  },
  fieldSelector: { type: 'string', description: 'Restrict the list to objects whose fields match.' },
  fieldValidation: {
    type: 'string',
    description: 'What to do with unknown or duplicate fields. Valid values are: Ignore, Warn (the default), Strict.',
  },
  force: { type: 'boolean', description: 'Take fields from other managers. Only for apply requests.' },
  gracePeriodSeconds: { type: 'integer', description: 'Seconds until the object is deleted; 0 deletes at once.' },
  labelSelector: { type: 'string', description: 'Restrict the list to objects whose labels match.' },
  limit: { type: 'integer', description: 'The most objects in one answer; continue then tells where it goes on.' },
  orphanDependents: { type: 'boolean', description: 'Deprecated: use propagationPolicy.' },
  pretty: { type: 'string', description: "If 'true', then the output is pretty printed." },
  propagationPolicy: {
    type: 'string',
    description: 'What becomes of dependents. Valid values are: Orphan, Background, Foreground.',
  },
  resourceVersion: { type: 'string', description: 'Which versions of the objects may be served.' },
  resourceVersionMatch: {
    type: 'string',
    description: 'How resourceVersion is applied to lists: Exact, NotOlderThan.',
  },
  sendInitialEvents: { type: 'boolean', description: 'Start a watch with events of all objects that are there.' },
  timeoutSeconds: { type: 'integer', description: 'How long a list or watch may take.' },
  watch: { type: 'boolean', description: 'Watch for changes of the objects instead of listing them.' },
}

const write = ['dryRun', 'fieldManager', 'fieldValidation']
const read = ['continue', 'fieldSelector', 'labelSelector', 'limit', 'resourceVersion', 'resourceVersionMatch']
const watch = ['sendInitialEvents', 'timeoutSeconds']
const remove = ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'propagationPolicy']

const byVerb: Readonly<Record<string, readonly string[]>> = {
  get: [],
  list: ['allowWatchBookmarks', ...read, ...watch, 'watch'],
  create: write,
  update: write,
  patch: [...write, 'force'],
  delete: remove,
  deletecollection: [...read, ...remove, ...watch],
}

/** The query's parameters for a verb. */
export function parametersOf(verb: string): Parameter[] {
  return ['pretty', ...(byVerb[verb] ?? [])].sort().map(name => ({
    name,
    in: 'query',
    ...(described[name] ?? { type: 'string', description: '' }),
  }))
}

/** The parameters that stand in a path's braces. */
export function pathParameters(path: string, kind: string): Parameter[] {
  const known: readonly Parameter[] = [
    { name: 'name', in: 'path', type: 'string', description: `name of the ${kind}` },
    {
      name: 'namespace',
      in: 'path',
      type: 'string',
      description: 'object name and auth scope, such as for teams and projects',
    },
  ]
  return known.filter(({ name }) => path.includes(`{${name}}`))
}
