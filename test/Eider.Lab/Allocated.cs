namespace Eider.Lab;

/// <summary>What code allocates on the thread that runs it.</summary>
public static class Allocated
{
    private const int Rounds = 10;

    /// <summary>
    /// The least octets that any of ten runs of <paramref name="body"/> allocates. What it runs into once is not its own: code that is
    /// compiled on the way, and collections that other tests set off, which add the unused rest of the thread's room to its count.
    /// </summary>
    public static long Least(Action body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var least = long.MaxValue;
        for (var i = 0; i < Rounds; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            body();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
