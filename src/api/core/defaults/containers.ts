/** Defaults of containers. */
import { child, type Draft, each, fill, stringAt } from '../draft.ts'
import { isLatestImage } from './image.ts'
import { roundResourceLists } from './resources.ts'

const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const

/** Completes a container of any sort. */
export function defaultContainer(container: Draft): void {
  fill(container, {
    imagePullPolicy: isLatestImage(stringAt(container, 'image')) ? 'Always' : 'IfNotPresent',
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  })
  for (const port of each(container, 'ports')) fill(port, { protocol: 'TCP' })
  for (const variable of each(container, 'env')) defaultEnv(variable)
  roundResourceLists(child(container, 'resources'))
  for (const name of probes) defaultProbe(child(container, name))
  for (const hook of ['postStart', 'preStop']) defaultHttpGet(child(child(container, 'lifecycle'), hook))
}

function defaultEnv(variable: Draft): void {
  const from = child(variable, 'valueFrom')
  const field = child(from, 'fieldRef')
  if (field) fill(field, { apiVersion: 'v1' })
  const file = child(from, 'fileKeyRef')
  if (file) fill(file, { optional: false })
}

function defaultProbe(probe: Draft | undefined): void {
  if (!probe) return
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 })
  defaultHttpGet(probe)
  const grpc = child(probe, 'grpc')
  if (grpc) fill(grpc, { service: '' })
}

function defaultHttpGet(handler: Draft | undefined): void {
  const httpGet = child(handler, 'httpGet')
  if (httpGet) fill(httpGet, { path: '/', scheme: 'HTTP' })
}
