import { Controller, Get } from '@nestjs/common';

const CREATED = 1_767_225_600;
const models = ['demo-echo', 'demo-long', 'demo-tokens-50-rate-1000'];

/** A few names of the endless grammar, for clients that list models first. */
@Controller('v1/models')
export class ModelController {
  @Get()
  list(): object {
    return { object: 'list', data: models.map((id) => ({ id, object: 'model', created: CREATED, owned_by: 'demo' })) };
  }
}
