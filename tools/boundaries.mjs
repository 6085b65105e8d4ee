// Package boundaries, from the table in package-table.mjs. Fails too when it looked at fewer files than there are.
import fs from 'node:fs'
import path from 'node:path'
import { cruise } from 'dependency-cruiser'
import { packageTable, processFolders, purePackages } from './package-table.mjs'

const root = path.resolve(import.meta.dirname, '..')
process.chdir(root)
const isTest = '\\.test\\.ts$|/testing/'

const rules = [
  { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  { name: 'unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  {
    name: 'no-deep-imports',
    comment: 'another package is reached through its index.ts only',
    severity: 'error',
    from: { path: '^packages/([^/]+)/src' },
    to: { path: '^packages/[^/]+/', pathNot: '^packages/$1/|^packages/[^/]+/src/index\\.ts$' },
  },
  {
    name: 'processes-only-where-allowed',
    severity: 'error',
    from: {
      path: '^packages/',
      pathNot: `${processFolders.map((folder) => `^${folder}`).join('|')}|${isTest}|^packages/testkit/`,
    },
    to: { path: '^(node:)?child_process$' },
  },
  ...purePackages.map((name) => ({
    name: `${name}-is-pure`,
    severity: 'error',
    from: { path: `^packages/${name}/src`, pathNot: isTest },
    to: { dependencyTypes: ['core'] },
  })),
  ...Object.entries(packageTable).flatMap(([name, { may, lazy = [] }]) => [
    {
      name: `${name}-imports`,
      severity: 'error',
      // Tests may bring the real store or server; what ships may not.
      from: { path: `^packages/${name}/src`, pathNot: isTest },
      to: { path: '^packages/', pathNot: `^packages/(${[name, ...may, ...lazy].join('|')})/` },
    },
    ...lazy.map((target) => ({
      name: `${name}-imports-${target}-lazily`,
      severity: 'error',
      from: { path: `^packages/${name}/src`, pathNot: isTest },
      to: { path: `^packages/${target}/`, dynamic: false, dependencyTypesNot: ['type-only'] },
    })),
  ]),
]

const sources = fs
  .globSync('packages/*/src/**/*.ts')
  .filter((file) => !file.includes('/generated/') && !file.endsWith('.d.ts'))
const { output } = await cruise(['packages'], {
  validate: true,
  ruleSet: { forbidden: rules },
  includeOnly: '^packages|^(node:)?[a-z_]+$',
  doNotFollow: { path: 'node_modules' },
  exclude: { path: '/generated/|^packages/[^/]+/node_modules' },
  tsPreCompilationDeps: true,
  combinedDependencies: true,
  enhancedResolveOptions: {
    exportsFields: ['exports'],
    conditionNames: ['import', 'node'],
    extensions: ['.ts', '.mjs', '.js'],
  },
  tsConfig: { fileName: 'tsconfig.json' },
})

for (const { rule, from, to } of output.summary.violations) console.error(`${rule.name}: ${from} -> ${to}`)
const seen = new Set(output.modules.map((module) => module.source))
const missed = sources.filter((file) => !seen.has(file))
for (const file of missed) console.error(`not looked at: ${file}`)
const failed = output.summary.violations.length > 0 || missed.length > 0 || sources.length === 0
console.log(`boundaries: ${sources.length} files, ${output.summary.violations.length} violations`)
process.exitCode = failed ? 1 : 0
