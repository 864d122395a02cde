/** Who the one operator token stands for in the audit log: whoever holds it, so nobody in particular. */
export const SHARED_OPERATOR = 'operator';
