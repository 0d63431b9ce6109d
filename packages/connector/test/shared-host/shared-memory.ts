import { existsSync } from 'node:fs'
import { DEFAULT_DIRECTORIES } from '../../src/strategy/shared-files.ts'

/** Where the tests' folders lie: in memory, where the host has such a place. */
export const SHARED_MEMORY = DEFAULT_DIRECTORIES.find((directory) => existsSync(directory))!
