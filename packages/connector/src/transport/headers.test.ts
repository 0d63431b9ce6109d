import { expect, it } from 'vitest'
import { grpcHeader } from './headers.ts'

it('names the engine, the cluster in lower case, and the strategy in lower case', () => {
  expect(grpcHeader({ engineIp: '192.168.1.100', cluster: 'Prod-1', strategy: 'Blue' })).toEqual([
    ['plannerip', '192.168.1.100'],
    ['cluster-name', 'prod-1'],
    ['strategy', 'blue'],
  ])
})

it('sends the UUID instead of the name, for older deployments', () => {
  expect(grpcHeader({ cluster: 'prod', clusterUuid: 'cluster-uuid-123' })).toEqual([
    ['cluster-uuid', 'cluster-uuid-123'],
  ])
})

it('omits an invalid strategy with a warning', () => {
  const warnings: string[] = []
  const ignore = () => undefined
  const logger = { debug: ignore, info: ignore, error: ignore, warn: (_: object, text: string) => warnings.push(text) }
  expect(grpcHeader({ strategy: 'purple' }, logger)).toEqual([])
  expect(warnings).toEqual(['invalid strategy: must be blue or green; header omitted'])
})

it('is empty when nothing is known', () => {
  expect(grpcHeader()).toEqual([])
})
