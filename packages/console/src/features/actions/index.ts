export { actionIcons, actionMenu, type MenuGroup } from './action-menu.ts'
export { PlanDialog, type PlanDialogProps } from './plan-dialog.tsx'
