import { afterAll } from 'vitest'
import { useOwnStateFolder } from './state-folder.ts'

afterAll(useOwnStateFolder())
