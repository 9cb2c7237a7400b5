// A store of its own for one test, with time that stands still until it is moved.

using System.Text;
using Eider.Core.Lists;
using Eider.Core.Policy;
using Microsoft.Extensions.Time.Testing;

namespace Eider.Tests.Lists;

internal sealed class ListFolder : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private static readonly Place Nowhere = new("lists.yaml", 1, 1);

    public ListFolder()
    {
        Store = new ListStore(Path.Combine(Folder, "lists"), Time);
        Fetcher = new ListFetcher(Store, Time);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("eider-lists-").FullName;

    public FakeTimeProvider Time { get; } = new(Start);

    public ListStore Store { get; }

    public ListFetcher Fetcher { get; }

    public DomainListSpec FromFile(string text, string name = "test")
    {
        var path = Path.Combine(Folder, name + ".txt");
        File.WriteAllText(path, text);
        return new DomainListSpec { Name = name, Source = new FileListSource(path), Place = Nowhere };
    }

    public static DomainListSpec FromUrl(Uri url, string? sha256 = null) => new() { Name = "test", Source = new UrlListSource(url, sha256), Place = Nowhere };

    /// <summary>The names of the copy in force, in order.</summary>
    public IReadOnlyList<string> Names(DomainListSpec spec)
    {
        if (!Store.TryOpen(spec, out var reader, out var error))
        {
            return [error.Message];
        }

        using (reader)
        {
            var names = new List<string>();
            while (reader.TryRead(out var entry))
            {
                names.Add(Encoding.ASCII.GetString(entry.Name));
            }

            return names;
        }
    }

    public string[] Files(string list = "test") =>
        [.. Directory.GetFiles(Path.Combine(Store.Folder, list)).Select(path => Path.GetFileName(path)).Where(file => file != "lock").Order(StringComparer.Ordinal)];

    /// <summary>Copies on their way.</summary>
    public FileInfo[] Drafts => Directory.Exists(Store.Folder) ? new DirectoryInfo(Store.Folder).GetFiles("*.draft", SearchOption.AllDirectories) : [];

    public void Dispose()
    {
        Fetcher.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
