#!/usr/bin/env node
import { runCli } from '@unrolled/app-shared';
import { program } from './program';

void runCli(program());
