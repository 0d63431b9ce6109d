import { type Logger, silentLogger } from '../observability/logger.ts'
import { parseStrategy } from '../types/strategy.ts'

export interface GrpcHeaderFields {
  /** The engine that prepared the query: what prepare returned as `engineIP`. */
  engineIp?: string | undefined
  /** The cluster's name. */
  cluster?: string | undefined
  /** The cluster's UUID, which older deployments read instead of the name. */
  clusterUuid?: string | undefined
  /** `blue` or `green` in any case; anything else is left out, with a warning. */
  strategy?: string | undefined
}

/** Request headers, as pairs in the order they are sent. */
export type GrpcHeader = readonly (readonly [name: string, value: string])[]

/** What gRPC takes as the name and the value of a header. */
const HEADER_NAME = /^[0-9a-z_.-]+$/
const HEADER_VALUE = /^[\x20-\x7e]*$/

export function isHeaderName(text: string): boolean {
  return HEADER_NAME.test(text)
}

/** Whether a text may be sent as a header's value: printable ASCII alone. */
export function isHeaderValue(text: string): boolean {
  return HEADER_VALUE.test(text)
}

/** Builds the headers by which the cluster's proxy routes a request. Source: docs/protocol.md. */
export function grpcHeader(fields: GrpcHeaderFields = {}, logger: Logger = silentLogger): GrpcHeader {
  const header: [string, string][] = []
  if (fields.engineIp) header.push(['plannerip', fields.engineIp])
  if (fields.clusterUuid) header.push(['cluster-uuid', fields.clusterUuid])
  else if (fields.cluster) header.push(['cluster-name', fields.cluster.toLowerCase()])
  if (fields.strategy) {
    const strategy = parseStrategy(fields.strategy)
    if (strategy) header.push(['strategy', strategy])
    else
      logger.warn({ value: fields.strategy.slice(0, 32) }, 'invalid strategy: must be blue or green; header left out')
  }
  return header
}
