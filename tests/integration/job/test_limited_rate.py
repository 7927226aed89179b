"""The operator that holds the job to a rate, alone in a JVM: how exact it is, and what pauses do to it."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from event_recovery.contract.rate import Rate
from support.graph import job_to_stream

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

NAMES = ("LimitedRate", "Harness")
#: Hands rows to the operator as fast as it takes them, a pause after each batch, and notes when each leaves it.
HARNESS = """
package eventrecovery;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.StreamTaskActionExecutor;
import org.apache.flink.streaming.runtime.tasks.mailbox.MailboxExecutorImpl;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailboxImpl;
import org.apache.flink.table.data.GenericRowData;

public final class Harness implements InvocationHandler {
    private final StringBuilder times = new StringBuilder();
    private final long began = System.nanoTime();

    public Object invoke(Object proxy, Method method, Object[] arguments) {
        times.append((System.nanoTime() - began) / 1000L).append(' ');
        return null;
    }

    public String run(LimitedRate operator, int bytes, int[] batches, long pause) throws Exception {
        Class[] kinds = new Class[] {Output.class};
        set(AbstractStreamOperator.class, operator, "output",
            Proxy.newProxyInstance(Output.class.getClassLoader(), kinds, this));
        set(LimitedRate.class, operator, "sink",
            new MailboxExecutorImpl(
                new TaskMailboxImpl(Thread.currentThread()), 0, StreamTaskActionExecutor.IMMEDIATE));
        set(LimitedRate.class, operator, "began", new Long(System.nanoTime()));
        GenericRowData row = new GenericRowData(1);
        row.setField(0, new byte[bytes]);
        for (int batch = 0; batch < batches.length; batch++) {
            for (int i = 0; i < batches[batch]; i++) {
                operator.processElement(new StreamRecord(row));
            }
            Thread.sleep(pause);
        }
        return times.toString();
    }

    private static void set(Class kind, Object object, String name, Object value) throws Exception {
        Field field = kind.getDeclaredField(name);
        field.setAccessible(true);
        field.set(object, value);
    }
}
"""


@pytest.fixture(scope="module")
def classes() -> Any:
    from pyflink.java_gateway import get_gateway

    jvm = get_gateway().jvm
    compiler = jvm.org.codehaus.janino.SimpleCompiler()
    compiler.cook(resources.files("event_recovery.flink.java").joinpath("LimitedRate.java").read_text("utf-8"))
    harness = jvm.org.codehaus.janino.SimpleCompiler()
    harness.setParentClassLoader(compiler.getClassLoader())
    harness.cook(HARNESS)
    return compiler.getClassLoader(), harness.getClassLoader()


def passed(
    classes: Any, *batches: float, records: float = 0, size: float = 0, row: int = 64, pause: float = 0
) -> list[float]:
    """When rows of so many bytes pass that come in batches with a pause after each, in seconds."""
    from pyflink.java_gateway import get_gateway

    jvm = get_gateway().jvm
    of_operator, of_harness = (
        loader.loadClass(f"eventrecovery.{name}") for loader, name in zip(classes, NAMES, strict=True)
    )
    values = get_gateway().new_array(jvm.java.lang.Object, 3)
    values[0], values[1], values[2] = float(records), float(size), 36
    operator = of_operator.getConstructors()[0].newInstance(values)
    harness = of_harness.getDeclaredConstructor(get_gateway().new_array(jvm.java.lang.Class, 0)).newInstance(
        get_gateway().new_array(jvm.java.lang.Object, 0)
    )
    numbers = get_gateway().new_array(jvm.int, len(batches))
    for at, batch in enumerate(batches):
        numbers[at] = int(batch)
    times = harness.run(operator, row, numbers, int(pause * 1000))
    return [int(time) / 1e6 for time in times.split()]


def most_ahead(times: list[float], rate: float) -> float:
    """How many seconds' worth passed at most beyond the rate, over any span."""
    late, most = times[0], 0.0
    for number, time in enumerate(times):
        late = max(late, time - number / rate)
        most = max(most, late - (time - number / rate) + 1 / rate)
    return most


def mean(times: list[float]) -> float:
    return (len(times) - 1) / (times[-1] - times[0])


@pytest.mark.parametrize(("rate", "seconds"), [(2, 3), (50, 2), (500, 1.5), (2_000, 1.5), (20_000, 1)])
def test_rows_pass_at_the_rate(classes: Any, rate: float, seconds: float) -> None:
    times = passed(classes, rate * seconds, records=rate)
    assert mean(times) == pytest.approx(rate, rel=0.02 if rate * seconds > 300 else 0.1), "the first ones pass at once"


def test_bytes_and_keys_pass_at_the_rate(classes: Any) -> None:
    assert mean(passed(classes, 750, size=500_000, row=964)) == pytest.approx(500, rel=0.02)
    assert mean(passed(classes, 150, records=100, size=500_000, row=964)) == pytest.approx(100, rel=0.02)


def test_batches_with_pauses_pass_at_the_rate_and_never_at_once(classes: Any) -> None:
    times = passed(classes, 400, 400, 400, 400, records=500, pause=0.1)
    assert mean(times) == pytest.approx(500, rel=0.05)
    fastest = max(mean(times[at : at + 200]) for at in range(0, len(times) - 200, 50))
    assert fastest < 500 * 1.25 * 1.35, "a quarter faster, and those of a tenth of a second"


def test_after_a_long_pause_a_second_is_made_up_for(classes: Any) -> None:
    times = passed(classes, 1, 6_000, records=1_000, pause=2)[1:]
    assert 0.95 < most_ahead(times, 1_000) < 1.15
    assert mean(times[200:1_000]) == pytest.approx(1_250, rel=0.1)
    assert mean(times[-500:]) == pytest.approx(1_000, rel=0.1)


def operators(rate: Rate | None, *, parallelism: int) -> dict[str, int]:
    """The operators of the job that sends to a stream, with their subtasks."""
    env = job_to_stream(parallelism=parallelism, rate=rate)
    nodes = json.loads(env.get_execution_plan())["nodes"]
    return {node["type"].removeprefix("Sink: "): node["parallelism"] for node in nodes}


def test_only_a_job_with_a_rate_has_the_operator() -> None:
    free, held = operators(None, parallelism=3), operators(Rate(50), parallelism=3)
    assert set(held) - set(free) == {"Limit"}
    assert {name for name in free if free[name] != held[name]} == {"Recovered: Writer"}
    assert (held["Limit"], held["Recovered: Writer"], held["Process"]) == (1, 1, 3)
