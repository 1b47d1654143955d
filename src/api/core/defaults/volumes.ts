/** Defaults of volumes. */
import { child, type Draft, each, fill } from '../draft.ts'
import { isLatestImage } from './image.ts'
import { roundResourceLists } from './resources.ts'

// 0644: readable by everyone, as the files of Secrets and ConfigMaps are.
const readableByAll = 0o644

/** Completes one volume of a pod. A volume without a source is an emptyDir. */
export function defaultVolume(volume: Draft): void {
  if (Object.keys(volume).every(key => key === 'name')) volume['emptyDir'] = {}
  for (const [source, values] of Object.entries(sourceDefaults)) {
    const found = child(volume, source)
    if (found) fill(found, values)
  }
  const image = child(volume, 'image')
  if (image) fill(image, { pullPolicy: isLatestImage(String(image['reference'] ?? '')) ? 'Always' : 'IfNotPresent' })
  defaultFieldRefs(child(volume, 'downwardAPI'))
  for (const source of each(child(volume, 'projected'), 'sources')) {
    defaultFieldRefs(child(source, 'downwardAPI'))
    const token = child(source, 'serviceAccountToken')
    if (token) fill(token, { expirationSeconds: 3600 })
  }
  const claim = child(child(child(volume, 'ephemeral'), 'volumeClaimTemplate'), 'spec')
  if (claim) defaultClaimSpec(claim)
}

/** Completes the spec of a PersistentVolumeClaim. */
export function defaultClaimSpec(spec: Draft): void {
  fill(spec, { volumeMode: 'Filesystem' })
  roundResourceLists(child(spec, 'resources'))
}

const sourceDefaults: Readonly<Record<string, Draft>> = {
  hostPath: { type: '' },
  secret: { defaultMode: readableByAll },
  configMap: { defaultMode: readableByAll },
  downwardAPI: { defaultMode: readableByAll },
  projected: { defaultMode: readableByAll },
  iscsi: { iscsiInterface: 'default' },
  rbd: { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' },
  azureDisk: { cachingMode: 'ReadWrite', fsType: 'ext4', readOnly: false, kind: 'Shared' },
  scaleIO: { storageMode: 'ThinProvisioned', fsType: 'xfs' },
}

function defaultFieldRefs(downward: Draft | undefined): void {
  for (const item of each(downward, 'items')) {
    const field = child(item, 'fieldRef')
    if (field) fill(field, { apiVersion: 'v1' })
  }
}
