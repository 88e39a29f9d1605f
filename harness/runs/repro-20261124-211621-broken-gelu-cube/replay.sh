#!/bin/sh
exec lockstep verify -b broken-gelu-cube -m /tmp/lockstep-tck11055033650615074913/untied --reference kvcache -p /work/verify/harness/runs/repro-20261124-211621-broken-gelu-cube/prompt.jsonl -n 4 --explain
