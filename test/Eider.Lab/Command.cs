// Runs a program of the system to its end: how the lab speaks to ip(8) and friends.

namespace Eider.Lab;

/// <summary>What a finished program left behind.</summary>
public sealed record Finished(int Pid, int ExitCode, string Output, string Error)
{
    /// <exception cref="LabException">The exit code is not 0.</exception>
    public Finished MustSucceed(string doing) => ExitCode == 0
        ? this
        : throw new LabException($"{doing}: exit code {ExitCode}: {(Error.Length > 0 ? Error : Output).Trim()}");
}

/// <summary>The lab could not do what it was asked; the message names the thing and the mend.</summary>
public sealed class LabException(string message) : Exception(message);

public static class Command
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Runs to the end, at most 30 s.</summary>
    /// <exception cref="LabException">Not found, or still running after the limit (it is then killed).</exception>
    public static Finished Run(string program, IEnumerable<string> arguments, string? input = null)
    {
        using var running = LabProcess.Start(program, arguments);
        if (input is not null)
        {
            running.Write(input);
        }

        running.CloseInput();
        return running.Wait(Limit);
    }

    /// <summary>Feeds lines to <c>ip -batch</c>; with a namespace, inside it.</summary>
    /// <exception cref="LabException">ip refused a line.</exception>
    public static void Ip(string? netns, params string[] lines)
    {
        string[] arguments = netns is null ? ["-batch", "-"] : ["-n", netns, "-batch", "-"];
        Run("ip", arguments, string.Join('\n', lines) + "\n").MustSucceed($"ip {string.Join(' ', arguments)}");
    }
}
