import { EngineProcess } from './engine/engine-process.ts'

new EngineProcess().obeyParent()
