/* Ports: order, receivers, cost, and ports that die.

   Copyright (C) 2026 The pagersim authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "world_fixture.h"

#include "../../sim/world/port.h"

static int receiver_a, receiver_b;
static uint32_t set;
static port_name a, b;

static void
start (void)
{
  world_start (LOCK_HTL, 1);
  ports_init ();
  set = port_set_create ();
  a = port_create (set, &receiver_a);
  b = port_create (set, &receiver_b);
}

static void
send (port_name port, uint64_t offset)
{
  struct message m
      = { .port = port, .id = MESSAGE_DATA_REQUEST, .offset = offset };
  port_send (&m);
}

static void
receiver (void *arg)
{
  for (int i = 0; i < 3; i++)
    {
      struct message m;
      port_receive (set, &m);
      log_add ("%s:%c%u@%u ", (char *)arg,
               port_receiver (m.port) == &receiver_a ? 'a' : 'b',
               (unsigned)m.offset, (unsigned)(engine_now () - m.sent_at));
    }
  thread_ends ();
}

static void
sender (void *arg)
{
  (void)arg;
  send (a, 1);
  send (b, 2);
  send (a, 3);
  thread_sleep (5);
  send (b, 4);
  thread_sleep (5);
  send (b, 5);
  send (a, 6);
  thread_ends ();
}

static void
test_order (void **state)
{
  (void)state;
  start ();
  world_spawn ("s", sender, NULL);
  world_spawn ("r", receiver, "r");
  world_spawn ("q", receiver, "q");
  assert_int_equal (engine_run (), ENGINE_STOPPED);
  assert_string_equal (log_text, "r:a1@0 r:b2@0 r:a3@0 "
                                 "q:b4@0 q:b5@0 q:a6@0 ");
  assert_int_equal (port_set_backlog (set), 0);
}

static void
late_receiver (void *arg)
{
  thread_sleep (1000);
  log_add ("backlog %u ", (unsigned)port_set_backlog (set));
  receiver (arg);
}

static void
costly_sender (void *arg)
{
  (void)arg;
  send (a, 1);
  send (b, 2);
  send (a, 3);
  thread_ends ();
}

static void
test_cost (void **state)
{
  (void)state;
  start ();
  cost_ns[COST_MESSAGE] = 100;
  world_spawn ("s", costly_sender, NULL);
  world_spawn ("r", late_receiver, "r");
  assert_int_equal (engine_run (), ENGINE_STOPPED);
  /* Sent at 100, 200 and 300 by a thread that keeps its CPU, so that the
     receiver's sleep starts at 300; each receive costs 100.  */
  assert_string_equal (log_text, "backlog 3 r:a1@1300 r:b2@1300 r:a3@1300 ");
}

static void
test_list (void **state)
{
  (void)state;
  start ();
  uint32_t other = port_set_create ();
  assert_int_equal (set, 1);
  assert_int_equal (other, 2);
  port_name c = port_create (other, &receiver_b);
  port_name d = port_create (set, &receiver_b);
  port_name alone = port_create (0, &receiver_b);
  port_name out[4] = { 0 };
  assert_int_equal (port_set_list (set, out, 2), 3);
  assert_int_equal (out[0], a);
  assert_int_equal (out[1], b);
  assert_int_equal (out[2], 0);
  port_destroy (b);
  assert_int_equal (port_set_list (set, out, 4), 2);
  assert_int_equal (out[1], d);
  assert_int_equal (port_set_list (other, out, 4), 1);
  assert_int_equal (out[0], c);
  assert_ptr_equal (port_receiver (alone), &receiver_b);
  assert_null (port_receiver (b));
  assert_null (port_receiver (0));
  assert_null (port_receiver (1000));
  /* A name is not used twice in a run.  */
  assert_true (port_create (set, &receiver_a) > alone);
}

static void
test_dead (void **state)
{
  (void)state;
  start ();
  send (a, 1);
  assert_int_equal (port_set_backlog (set), 1);
  port_destroy (a);
  send (a, 2);
  send (0, 3);
  send (1000, 4);
  send (port_create (0, &receiver_a), 5);
  assert_int_equal (port_set_backlog (set), 1);
  ports_init ();
  assert_null (port_receiver (b));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_order),
    cmocka_unit_test (test_cost),
    cmocka_unit_test (test_list),
    cmocka_unit_test (test_dead),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
