import { Controller, Get } from '@nestjs/common';

/** Says that the API is there, without a key; `HEAD` as well. */
@Controller('api/hello')
export class HelloController {
  @Get()
  hello() {
    return { name: 'ApiLink' };
  }
}
