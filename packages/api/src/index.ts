export { kubevirtSchemas } from './generated/kubevirt.ts'
