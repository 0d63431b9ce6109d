import { EngineProcess } from './engine/engine-process.ts'

const [, , folder] = process.argv
if (folder === undefined) throw new Error('this program is started by a local cluster, with its folder as the argument')
new EngineProcess(folder).obeyParent()
