import { EngineProcess } from './engine/engine-process.ts'

const [, , folder] = process.argv
if (folder === undefined) throw new Error('an engine process is started by a local cluster')
new EngineProcess(folder).obeyParent()
