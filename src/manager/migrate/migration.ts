/** A migration: what will be done, in order, and what speaks against it. */

/** One step; without `run` there is nothing to do but to know. */
export interface MigrationStep {
  readonly title: string
  /** One line each. */
  readonly notes: readonly string[]
  readonly run?: (signal: AbortSignal) => Promise<void>
}

/** The whole of it. While there are problems no step is taken. */
export interface Migration {
  readonly steps: readonly MigrationStep[]
  readonly problems: readonly string[]
}

/** The migration as text: numbered steps with their notes, then the problems. */
export function migrationText({ steps, problems }: Migration): string {
  const lines = steps.flatMap(({ title, notes }, at) => [`${at + 1}. ${title}`, ...notes.map(note => `     ${note}`)])
  const against = problems.length > 0 ? ['', 'This speaks against it:', ...problems.map(each => `  - ${each}`)] : []
  return `${[...lines, ...against].join('\n')}\n`
}
