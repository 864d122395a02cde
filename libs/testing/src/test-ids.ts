import {
  accountIdSchema,
  generationIdSchema,
  keyIdSchema,
  userIdSchema,
  workspaceIdSchema,
  type AccountId,
  type GenerationId,
  type KeyId,
  type UserId,
  type WorkspaceId,
} from '@apilink/contracts';

/** A UUIDv7 by its number: the same in every run, and in the order of the numbers. */
export function testUuid(number: number): string {
  return `01930000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** Ids by number, so that a failing test names the same ids every time. */
export const testId = {
  account: (number: number): AccountId => accountIdSchema.out.parse(testUuid(number)),
  workspace: (number: number): WorkspaceId => workspaceIdSchema.out.parse(testUuid(number)),
  key: (number: number): KeyId => keyIdSchema.out.parse(testUuid(number)),
  generation: (number: number): GenerationId => generationIdSchema.out.parse(testUuid(number)),
  user: (number: number): UserId => userIdSchema.out.parse(testUuid(number)),
} as const;
