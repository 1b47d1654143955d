/** What the server sets on Jobs. */
import { jsonEqual } from '../../../apimachinery/json.ts'
import { child, type Draft, draftOf, ensure, stringAt } from '../draft.ts'

/** Labels the pods of a Job with its name and uid and selects them by the uid, unless the user does so by hand. */
export function generateJobLabels(job: Draft): void {
  const spec = ensure(job, 'spec')
  const metadata = ensure(job, 'metadata')
  const [name, uid] = [stringAt(metadata, 'name'), stringAt(metadata, 'uid')]
  if (spec['manualSelector'] === true) return
  const templateMetadata = ensure(ensure(spec, 'template'), 'metadata')
  const own = child(templateMetadata, 'labels') ?? {}
  // A Job that has no labels of its own has its template's, those of the server too.
  const takesLabels = !child(metadata, 'labels') || jsonEqual(child(metadata, 'labels'), own)
  const generated = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  }
  templateMetadata['labels'] = { ...generated, ...own }
  if (takesLabels) metadata['labels'] = draftOf(templateMetadata['labels'])
  const matchLabels = ensure(ensure(spec, 'selector'), 'matchLabels')
  matchLabels['batch.kubernetes.io/controller-uid'] ??= uid
}
