import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { get, startTestMember, type TestMember } from '../../support/member.ts'

const manifests = path.join(import.meta.dirname, '../../examples/podinfo/deploy/webapp')

// The manifests' probes wait five seconds before they ask.
const readyWithinMs = 30_000

describe('podinfo on a local member, by kubectl', { timeout: 180_000 }, () => {
  let test: TestMember
  before(async () => {
    test = await startTestMember()
  })
  after(() => test.close())

  const viaMesh = (host: string, at = '/version') => get(test.member.proxyUrl, { host, path: at, absolute: true })
  const viaGateway = (host: string) => get(test.member.gatewayUrl, { host, path: '/version', absolute: false })

  it('deploys the manifests as they are', async () => {
    const applied = await test.run(`apply -f ${manifests}/common -f ${manifests}/backend -f ${manifests}/frontend`)
    assert.match(applied, /deployment.apps\/backend created/)
    await test.run(`-n webapp rollout status deployment backend --timeout=${readyWithinMs / 1000}s`)
    const deployment = JSON.parse(await test.run('-n webapp get deployment backend -o json'))
    assert.equal(deployment.status.availableReplicas, 1)
    assert.deepEqual(
      deployment.status.conditions.map(
        (c: { type: string; status: string; reason: string }) => `${c.type} ${c.status} ${c.reason}`,
      ),
      ['Available True MinimumReplicasAvailable', 'Progressing True NewReplicaSetAvailable'],
    )
  })

  it('serves its Service by every name that it has', async () => {
    for (const host of ['backend.webapp:9898', 'backend.webapp.svc:9898', 'backend.webapp.svc.cluster.local:9898']) {
      const answer = await viaMesh(host)
      assert.equal(answer.status, 200, host)
      assert.equal(JSON.parse(answer.body).version, '6.14.1')
    }
  })

  it('serves it at its address, which pods find in their environment, and its pods where it has none', async () => {
    const address = await test.run('-n webapp get service backend -o jsonpath={.spec.clusterIP}')
    assert.match(address, /^127\.\d+\.(19[2-9]|2\d\d)\.\d+$/)
    const direct = () => get(`http://${address}:9898`, { host: `${address}:9898`, path: '/version', absolute: false })
    const answer = await eventually('the address answers', () => direct().catch(() => undefined))
    assert.equal(JSON.parse(answer.body).version, '6.14.1')
    await test.run('-n webapp expose deployment backend --name headless --cluster-ip None --port 9898')
    const headless = await eventually('the headless Service routes', async () => {
      const found = await viaMesh('headless.webapp:9898')
      return found.status === 200 ? found : undefined
    })
    assert.equal(JSON.parse(headless.body).version, '6.14.1')
    await test.run(`-n webapp rollout status deployment frontend --timeout=${readyWithinMs / 1000}s`)
    const environment = JSON.parse((await viaMesh('frontend.webapp:80', '/env')).body) as string[]
    assert.ok(environment.includes(`BACKEND_SERVICE_HOST=${address}`), environment.join('\n'))
  })

  it('lets one workload call another through the mesh', async () => {
    await test.run(`-n webapp rollout status deployment frontend --timeout=${readyWithinMs / 1000}s`)
    const answer = await viaMesh('frontend.webapp:80', '/echo')
    assert.equal(answer.status, 200)
    const isCounted = /source_workload="frontend",.*destination_workload="backend"/.test(test.member.mesh.metrics())
    assert.ok(isCounted)
  })

  it('shows logs, events and endpoints', async () => {
    assert.match(await test.run('-n webapp logs deployment/backend --tail=1'), /Starting HTTP Server/)
    assert.match(await test.run('-n webapp get events -o custom-columns=R:.reason'), /ScalingReplicaSet/)
    const slices = JSON.parse(
      await test.run('-n webapp get endpointslices -l kubernetes.io/service-name=backend -o json'),
    )
    assert.equal(slices.items[0].endpoints[0].conditions.ready, true)
  })

  it('splits traffic between two versions as a VirtualService says, in answers and in metrics', async () => {
    await test.kubectl.write('canary.yaml', secondVersion)
    await test.kubectl.write('route.yaml', virtualService(90, 10))
    await test.run('apply -f canary.yaml -f route.yaml')
    await test.run(`-n webapp rollout status deployment backend-canary --timeout=${readyWithinMs / 1000}s`)
    const first = await eventually('the gateway routes', async () => {
      const answer = await viaGateway('backend.example')
      return answer.status === 200 ? answer : undefined
    })
    // The metrics count this one too.
    const versions: string[] = [JSON.parse(first.body).version]
    for (let at = 0; at < 600; at += 20) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => viaGateway('backend.example')))
      versions.push(...answers.map(answer => JSON.parse(answer.body).version))
    }
    const canary = versions.filter(version => version === '6.15.0').length
    // Five standard deviations of a binomial with 600 draws and p = 0.1.
    assert.ok(Math.abs(canary - 60) < 37, `${canary} of 601`)
    const answer = await eventually('the samples are scraped', async () => {
      const query =
        'sum by (destination_workload) (istio_requests_total{reporter="destination",source_workload="istio-ingressgateway"})'
      const response = await fetch(`${test.member.prometheusUrl}/api/v1/query?query=${encodeURIComponent(query)}`)
      const { data } = (await response.json()) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] }
      }
      const counts = Object.fromEntries(
        data.result.map(({ metric, value }) => [metric['destination_workload'], Number(value[1])]),
      )
      return (counts['backend'] ?? 0) + (counts['backend-canary'] ?? 0) >= 601 ? counts : undefined
    })
    assert.equal(answer['backend-canary'], canary)
  })

  it('rolls a Deployment to another image without losing a request', async () => {
    const failures: string[] = []
    let asked = 0
    const stop = new AbortController()
    const client = (async () => {
      while (!stop.signal.aborted) {
        asked++
        const { status, body } = await viaMesh('backend.webapp:9898')
        if (status !== 200) failures.push(`${status} ${body}`)
      }
    })()
    await test.run('-n webapp set image deployment/backend backend=ghcr.io/stefanprodan/podinfo:6.15.1')
    await test.run('-n webapp rollout status deployment backend --timeout=60s')
    await eventually(
      'the old pod is gone',
      async () => (await test.run('-n webapp get pods -l app=backend -o name')).split('\n').length === 1,
      30_000,
    )
    stop.abort()
    await client
    assert.equal(JSON.parse((await viaMesh('backend.webapp:9898')).body).version, '6.15.1')
    assert.ok(asked > 20)
    assert.deepEqual(failures, [])
  })

  it('says how to map an image that nothing stands for', async () => {
    await test.run('create deployment unknown --image=example.org/team/app:1.0')
    const waiting = await eventually('the pod says why it waits', async () => {
      const pods = JSON.parse(await test.run('get pods -l app=unknown -o json'))
      const state = pods.items[0]?.status?.containerStatuses?.[0]?.state?.waiting
      return state?.reason?.endsWith('ImagePull') || state?.reason === 'ImagePullBackOff' ? state : undefined
    })
    assert.match(waiting.message, /serin up --image example\.org\/team\/app=COMMAND/)
  })

  it('leaves nothing behind when everything is deleted', async () => {
    await test.run('delete namespace webapp --timeout=60s')
    const { code, stderr } = await test.kubectl.run('kubectl get namespace webapp')
    assert.deepEqual([code, stderr.trim()], [1, 'Error from server (NotFound): namespaces "webapp" not found'])
    await eventually(
      'no address of the namespace answers',
      async () => (await viaMesh('backend.webapp:9898')).status === 404,
    )
  })
})

const secondVersion = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: backend-canary, namespace: webapp}
spec:
  selector: {matchLabels: {app: backend-canary}}
  template:
    metadata: {labels: {app: backend-canary}}
    spec:
      containers:
        - name: backend
          image: ghcr.io/stefanprodan/podinfo:6.15.0
          command: [./podinfo, --port=9898]
          ports: [{name: http, containerPort: 9898}]
          readinessProbe: {httpGet: {path: /readyz, port: http}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: backend-canary, namespace: webapp}
spec:
  selector: {app: backend-canary}
  ports: [{name: http, port: 9898, targetPort: http}]
`

function virtualService(primary: number, canary: number): string {
  return `
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata: {name: backend, namespace: webapp}
spec:
  hosts: [backend.example]
  gateways: [istio-system/public-gateway]
  http:
    - route:
        - destination: {host: backend, port: {number: 9898}}
          weight: ${primary}
        - destination: {host: backend-canary}
          weight: ${canary}
`
}
