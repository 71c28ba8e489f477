import {
  All,
  Controller,
  Delete,
  Get,
  Head,
  Patch,
  Post,
  Put,
  Sse,
  Version,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import {
  Claims,
  Credentials,
  Permissions,
  Public,
  Roles,
  Scopes,
  StepUp,
} from 'nestjs-upbond-auth';
import { of } from 'rxjs';

/** Closed, because nothing says otherwise; one route is open. */
@Controller('orders')
export class OrdersController {
  @Get()
  list() {
    return [];
  }

  @Public()
  @Get('prices')
  prices() {
    return [];
  }

  @Post()
  create() {
    return {};
  }

  @Put(':id')
  replace() {
    return {};
  }

  @Patch(':id/lines/:line')
  change() {
    return {};
  }

  @Delete(':id')
  remove() {
    return {};
  }

  @Public()
  @Post('quotes')
  quote() {
    return {};
  }

  @Head('stock')
  stock() {}

  @Get(['late', 'overdue'])
  late() {
    return [];
  }

  @All('anything')
  anything() {
    return {};
  }
}

/** Open as a whole, in several versions; what asks for something is closed again. */
@Public()
@Controller({ path: 'catalogue', version: ['1', '2'] })
export class CatalogueController {
  @Get()
  list() {
    return [];
  }

  @Scopes('catalogue:write')
  @Post()
  add() {
    return {};
  }

  @Version('3')
  @Get()
  listNewest() {
    return [];
  }

  @Version(VERSION_NEUTRAL)
  @Permissions('catalogue:audit')
  @Get('audit')
  audit() {
    return [];
  }
}

/** Routes that controllers inherit, with what stands on the methods. */
abstract class Resource {
  @Get('all')
  all() {
    return [];
  }

  @Public()
  @Get('schema')
  schema() {
    return {};
  }

  @Roles('admin')
  @Delete('all')
  clear() {
    return {};
  }
}

@Controller('animals')
export class AnimalsController extends Resource {
  /** The route is inherited, too; the mark of what it replaces is not. */
  @Get('schema')
  override schema() {
    return { legs: 4 };
  }
}

@Public()
@Controller('plants')
export class PlantsController extends Resource {}

/** The mark of a class is inherited like everything else of it. */
@Controller('trees')
export class TreesController extends PlantsController {
  @Claims(() => true)
  @Get('oldest')
  oldest() {
    return {};
  }
}

/** A requirement on the class closes what it inherits. */
@Credentials('bearer')
@StepUp({ maxAgeSeconds: 300 })
@Controller('rare-trees')
export class RareTreesController extends TreesController {}

@Controller('news')
export class NewsController {
  @Sse()
  all() {
    return of({ data: {} });
  }

  @Public()
  @Sse('headlines')
  headlines() {
    return of({ data: {} });
  }
}

export const CONTROLLERS = [
  OrdersController,
  CatalogueController,
  AnimalsController,
  PlantsController,
  TreesController,
  RareTreesController,
  NewsController,
];
