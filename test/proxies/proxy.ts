import type { Deployment, Routes } from './routes.ts'

/** Where the engines of the deployments take calls: the paths of their sockets. */
export type EngineAddresses = Readonly<Record<Deployment, string>>

/** A proxy that is running. */
export interface RunningProxy {
  readonly port: number
  /** Rewrites the configuration, reloads it, and waits until new connections meet it. */
  route(routes: Routes): Promise<void>
  close(): Promise<void>
}

/** A kind of proxy in front of the engines. */
export interface ProxyKind {
  readonly name: string
  /** Programs that must be installed. */
  readonly programs: readonly string[]
  start(engines: EngineAddresses, routes: Routes): Promise<RunningProxy>
}
