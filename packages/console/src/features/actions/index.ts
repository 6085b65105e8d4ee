export { actionIcons, actionMenu } from './action-menu.ts'
export { PlanDialog } from './plan-dialog.tsx'
