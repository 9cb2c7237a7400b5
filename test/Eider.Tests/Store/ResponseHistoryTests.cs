// Responses to alerts in the history: every step, whatever floods it, and gone with age.

using Eider.Core;
using Eider.Core.Store;
using Eider.Tests.Filters;
using Xunit;

namespace Eider.Tests.Store;

public sealed class ResponseHistoryTests : IDisposable
{
    private readonly HistoryFolder _history = new();

    public void Dispose() => _history.Dispose();

    [Fact]
    public async Task Every_step_is_read_as_it_was_told()
    {
        ActionEvent[] told = [.. Enum.GetValues<ResponseStep>().Select(static step => SampleEvents.Denies(step)), SampleEvents.Quarantines()];
        using (var store = _history.Open())
        {
            foreach (var action in told)
            {
                store.Publish(action);
            }

            await store.FlushAsync();
        }

        EventEquality.AssertSame(told, _history.Read().ToArray());
        Assert.Equal("0k3x81yq refused deny_name login.example.com for k3x81yq2: a rule allows the name",
            _history.Sql("SELECT id || ' ' || step || ' ' || action || ' ' || name || ' for ' || alert_id || ': ' || why FROM responses WHERE step = 'refused'"));
        Assert.Equal("10.0.0.53:53 [2001:db8::53]:5353", _history.Sql("SELECT resolvers FROM responses WHERE action = 'quarantine'"));
        Assert.Equal((long)told.Length, _history.Sql("SELECT count(*) FROM events WHERE kind = 'action'"));
    }

    [Fact]
    public async Task Flood_of_questions_does_not_erase_the_trail_and_a_flood_of_responses_leaves_room_for_questions()
    {
        using var store = _history.Open(_history.Options with { MaxBytes = 4 << 20 });
        for (var number = 0; number < 50; number++)
        {
            store.Publish(Step(number));
        }

        for (var number = 0; number < 40_000; number++)
        {
            store.Publish(HistoryFolder.Numbered(number));
            if (number % 200 == 199)
            {
                await store.FlushAsync();
            }
        }

        Assert.Equal(50L, _history.Sql("SELECT count(*) FROM responses"));
        for (var number = 0; number < 20_000; number++)
        {
            store.Publish(Step(40_000 + number));
            if (number % 200 == 199)
            {
                await store.FlushAsync();
            }
        }

        Assert.InRange(store.Statistics.FileBytes, 1, 4 << 20);
        Assert.NotEmpty(_history.Read().OfType<DnsEvent>());
        Assert.InRange((long)_history.Sql("SELECT count(*) FROM responses")!, 50, 19_000);
    }

    private static ActionEvent Step(long number)
    {
        var sample = SampleEvents.Denies();
        return new()
        {
            TimeNs = HistoryFolder.StartNs + (number * 1000), Id = sample.Id, Step = sample.Step, Action = sample.Action, Name = sample.Name, Workload = sample.Workload, Identity = sample.Identity,
            Policy = sample.Policy, Rule = sample.Rule, Detection = sample.Detection, AlertId = sample.AlertId, StartedNs = sample.StartedNs, UntilNs = sample.UntilNs,
        };
    }
}
