#!/usr/bin/env node
import { runProgram } from './program.ts'
import { systemSurroundings } from './surroundings.ts'

process.exitCode = await runProgram(systemSurroundings(), process.argv.slice(2))
