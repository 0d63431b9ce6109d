import { otherStrategy } from '../../src/types/strategy.ts'
import type { DeploymentDecision, TimedDecision } from './schedule.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { World } from './world.ts'

type CarryOut = {
  readonly [Kind in TimedDecision['kind']]: (world: World, decision: Extract<TimedDecision, { kind: Kind }>) => void
}

const deploy = (world: World, decision: DeploymentDecision): void => {
  const [cluster, other] = world.clusters
  const take = () => {
    if (!cluster!.take(decision)) world.write(`passed over: ${decision.kind}`)
  }
  const { canaryAheadMs } = world
  if (canaryAheadMs === undefined) take()
  else {
    other!.take(decision)
    world.time.schedule(canaryAheadMs, take)
  }
}

/** Lets something happen to a process, unless it is dead; during a pause it waits like everything else. */
const inProcess = (world: World, index: number, happen: (process: SimulatedProcess) => void): void => {
  const process = world.processes[index % world.processes.length]!
  if (process.life !== 'gone') world.time.schedule(0, () => happen(process), process)
}

/** The effect of each decision. Switches and server failures concern the first cluster. */
const CARRY_OUT: CarryOut = {
  operation: (world, decision) => world.begin(decision),
  announce: deploy,
  accept: deploy,
  'cut over': deploy,
  'roll back': deploy,
  retire: deploy,
  kill({ clusters: [cluster] }, { strategy, restartAfterMs }) {
    const { active } = cluster!
    cluster!.kill(strategy === 'active' ? active : otherStrategy(active), restartAfterMs)
  },
  suspend: ({ clusters: [cluster] }, { resumeMs }) => cluster!.suspend(resumeMs),
  'expire sessions': ({ clusters: [cluster] }, { strategy }) => cluster!.expireSessions(strategy),
  misbehave: ({ clusters: [cluster] }, decision) => cluster!.misbehave(decision),
  'slow down': ({ clusters: [cluster] }, decision) => cluster!.slowDown(decision),
  contradict: ({ clusters: [cluster] }, decision) => cluster!.contradict(decision),
  silence: (world, { process, connection, forMs }) =>
    inProcess(world, process, (it) => world.network.silence(`${it.name}.c${connection}`, forMs)),
  'drop connections': (world, { process }) => inProcess(world, process, (it) => world.network.drop(it)),
  crash: (world, { process, restartAfterMs }) => inProcess(world, process, (it) => world.crash(it, restartAfterMs)),
  pause: (world, { process, forMs }) => inProcess(world, process, (it) => it.pauseFor(forMs)),
  'set wall clock': (world, { process, byMs }) => inProcess(world, process, (it) => it.clock.setWallClock(byMs)),
  'lose store': (world, { process, forMs }) => inProcess(world, process, (it) => it.loseStores(forMs)),
  close: (world, { process, connection, running }) =>
    inProcess(world, process, (it) => void world.close(it, connection, running)),
}

/** Puts a decision into its place in time. */
export function planDecision(world: World, decision: TimedDecision): void {
  const carryOut = CARRY_OUT[decision.kind] as (world: World, decision: TimedDecision) => void
  const run = () => {
    if (decision.kind !== 'operation') world.write(`decided: ${JSON.stringify(decision)}`)
    carryOut(world, decision)
  }
  world.time.schedule(decision.at - world.time.now, run)
}
