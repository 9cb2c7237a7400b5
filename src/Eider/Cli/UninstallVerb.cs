// eider uninstall: takes back what an agent leaves behind, in the kernel and on disk.

using System.CommandLine;
using Eider.Api;
using Eider.Bpf;
using Eider.Core.Config;
using Eider.Core.Lists;
using Eider.Core.Sensors;
using Eider.Core.Store;
using Eider.Output;

namespace Eider.Cli;

internal static class UninstallVerb
{
    public static Verb Create()
    {
        var purge = new Option<bool>("--purge") { Description = "delete the history and the copies of lists, too" };
        var config = new ConfigOption();
        var verb = new Verb(
            "uninstall",
            "Remove what an agent left: policies in force in the kernel, its programs and maps, its socket. From then on nothing is denied any more. A running agent has to be stopped first.",
            ("eider uninstall", "nothing of Eider is in the kernel any more; history and lists stay"),
            ("eider uninstall --purge", "nothing is left but the binary, its configuration and its mutes"));
        verb.Add(purge);
        config.AddTo(verb);
        verb.SetAction(parsed =>
        {
            CheckPrivileges();
            using var output = StandardOutput.OpenText();
            Remove(output, new PinDirectory(PinDirectory.DefaultRoot), config.Read(parsed).Config, parsed.GetValue(purge));
            return ExitCode.Ok;
        });
        return verb;
    }

    /// <summary>Without them the kernel's pins cannot even be seen, and "nothing to remove" would not be true.</summary>
    private static void CheckPrivileges()
    {
        try
        {
            Agent.CheckPrivileges();
        }
        catch (AgentStartException missing)
        {
            throw new CliException(ExitCode.MissingPrivilege, "uninstall", missing.What, "run as root", missing);
        }
    }

    /// <exception cref="CliException">An agent runs, or something may not be removed; what was removed until then has been told.</exception>
    internal static void Remove(TextWriter output, PinDirectory pins, EiderConfig config, bool purge)
    {
        var removed = 0;
        try
        {
            // 1. No agent runs, and none starts meanwhile: an agent holds this claim for as long as it lives.
            using (Claim(config.Api.Socket))
            using (ClaimPins(pins))
            {
                // 2. The kernel: policies cease to be enforced with the links.
                removed += RemovePins(output, pins);

                // 3. What it knows.
                removed += purge ? RemoveHistory(output, config.History.Path) + RemoveLists(output, config.Policy.Lists) + RemoveLists(output, config.Detect.Lists) : 0;
            }

            // 4. The socket is gone with the claim.
            removed += RemoveSocket(output, config.Api.Socket);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new CliException(ExitCode.MissingPrivilege, "uninstall", TerminalText.Escape(refused.Message), "run as root", refused);
        }
        catch (Exception failed) when (failed is IOException or ListStoreException)
        {
            throw new CliException(ExitCode.Failed, "uninstall", TerminalText.Escape(failed.Message), "mend that and run it again; it goes on where it ended", failed);
        }

        if (removed == 0)
        {
            output.WriteLine("nothing to remove");
        }
    }

    /// <summary>Null where no agent ever made the socket's folder.</summary>
    private static SocketClaim? Claim(string socket)
    {
        if (!Directory.Exists(Path.GetDirectoryName(socket)))
        {
            return null;
        }

        return SocketClaim.Take(socket);
    }

    /// <summary>An agent with another configuration has another socket, and the same pins.</summary>
    private static DirectoryLock? ClaimPins(PinDirectory pins) => pins.TryClaimAlone(out var claim)
        ? claim
        : throw new CliException(ExitCode.Failed, "uninstall", $"an agent runs on {pins.Root}", "stop it first; `fuser -v " + pins.Root + "` shows it");

    private static int RemovePins(TextWriter output, PinDirectory pins)
    {
        if (!Directory.Exists(pins.Root))
        {
            return 0;
        }

        var pinned = Directory.GetFiles(pins.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        pins.RemoveAll();
        return Tell(output, [.. pinned, pins.Root]);
    }

    private static int RemoveHistory(TextWriter output, string path)
    {
        var files = HistoryStore.Files(path);
        foreach (var file in files)
        {
            File.Delete(file);
        }

        return Tell(output, files) + RemoveIfEmpty(output, Path.GetDirectoryName(path)!);
    }

    private static int RemoveLists(TextWriter output, string folder) =>
        Tell(output, new ListStore(folder, TimeProvider.System).RemoveAll()) + RemoveIfEmpty(output, folder) + RemoveIfEmpty(output, Path.GetDirectoryName(folder));

    private static int RemoveSocket(TextWriter output, string socket)
    {
        string[] ours = [.. new[] { socket, $"{socket}.lock" }.Where(File.Exists)];
        foreach (var file in ours)
        {
            File.Delete(file);
        }

        return Tell(output, ours) + (ours.Length > 0 ? RemoveIfEmpty(output, Path.GetDirectoryName(socket)) : 0);
    }

    private static int RemoveIfEmpty(TextWriter output, string? folder)
    {
        if (!Directory.Exists(folder) || Directory.EnumerateFileSystemEntries(folder).Any())
        {
            return 0;
        }

        Directory.Delete(folder);
        return Tell(output, [folder]);
    }

    private static int Tell(TextWriter output, IReadOnlyCollection<string> removed)
    {
        foreach (var path in removed)
        {
            output.WriteLine($"removed {TerminalText.Escape(path)}");
        }

        return removed.Count;
    }
}
