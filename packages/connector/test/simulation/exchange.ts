import type { DescMessage, DescMethodUnary, MessageShape } from '@bufbuild/protobuf'
import type { Strategy } from '../../src/types/strategy.ts'
import type { CallStep, FaultName } from './faults.ts'
import type { SimulatedCluster } from './simulated-cluster.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { ExchangeEnd, Wording } from './wordings.ts'

/** What comes back for a call: a message, or a status. */
export type Reply =
  | { readonly kind: 'message'; readonly bytes: Uint8Array; readonly rows: number; readonly end?: ExchangeEnd }
  | { readonly kind: 'status'; readonly status: Wording }

/** One call and its answer, as the network saw them. */
export interface Exchange {
  readonly number: number
  readonly process: SimulatedProcess
  /** `p1.c2`: the second connection of the first process. */
  readonly connection: string
  readonly cluster: SimulatedCluster
  readonly method: DescMethodUnary
  readonly step: CallStep
  readonly request: MessageShape<DescMessage>
  readonly headers: ReadonlyMap<string, string>
  /** Which of the cluster's proxies it meets. */
  readonly proxy: number
  /** The operation it is about, where that can be told. */
  readonly operation: number | undefined
  readonly queryId: string | undefined
  /** What is wrong with it, by the network's doing or its cluster's. */
  fault: FaultName | undefined
  readonly sentAt: number
  /** Whether an engine has worked on it. */
  reachedEngine: boolean
  /** What its answer announced. */
  announced: Strategy | undefined
  /** Rows that the client was given by it. */
  rows: number
  end: ExchangeEnd | undefined
  endedAt: number
  /** The engine's or the network's words, where it did not end well. */
  details: string
  /** Whether its connection carries nothing any more: its answer won't come, until the connection is given up. */
  isSilenced: boolean
  /** Gives the client what it gets, once. */
  readonly deliver: (reply: Reply) => void
}
