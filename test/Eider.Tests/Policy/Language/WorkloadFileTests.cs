// The workload directory from a file.

using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Policy.Language;

public sealed class WorkloadFileTests
{
    private const string Uid = "7f3c1c9e-0d5b-4b0e-9a53-6f0f6f1f8a11";

    [Theory]
    [InlineData("- {podUid: " + Uid + ", namespace: shop, name: web-0, labels: {app: web}}")]
    [InlineData("pods:\n- {podUid: 7F3C1C9E-0D5B-4B0E-9A53-6F0F6F1F8A11, namespace: shop, name: web-0, labels: {app: web}}")]
    [InlineData("[\n\t{\n\t\t\"podUid\": \"" + Uid + "\", \"namespace\": \"shop\",\n\t\t\"name\": \"web-0\", \"labels\": {\"app\": \"web\"}\n\t}\n]\n")]
    public void Pods_are_read_from_yaml_and_json(string text)
    {
        var directory = WorkloadFile.Parse(text, "pods.yaml", out var diagnostics);

        Assert.Empty(diagnostics);
        var pod = Assert.Single(directory!.Pods);
        Assert.Equal((Uid, "shop", "web-0", "web"), (pod.Uid, pod.Namespace, pod.Name, pod.Labels!["app"]));
        Assert.Same(pod, directory.Find(Uid));
        Assert.Equal("shop", directory.NamespaceLabels("shop")[WorkloadDirectory.NamespaceNameLabel]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("pods: []\nnamespaces: []")]
    public void Node_without_pods_has_an_empty_directory(string text)
    {
        Assert.Empty(WorkloadFile.Parse(text, "pods.yaml", out var diagnostics)!.Pods);
        Assert.Empty(diagnostics);
    }

    [Theory]
    [InlineData("- {podUid: web, namespace: shop, name: web-0}", "pods.yaml:1:12: expected a pod's UID, such as 7f3c1c9e-0d5b-4b0e-9a53-6f0f6f1f8a11, found \"web\"")]
    [InlineData("- {uid: " + Uid + ", podUid: " + Uid + ", namespace: shop, name: web-0}", "pods.yaml:1:4: \"uid\" has no place in a pod; write \"podUid\"")]
    [InlineData("- {podUid: " + Uid + ", name: web-0}", "pods.yaml:1:3: \"namespace\" is missing in a pod; it is a name of at most 63 lower-case letters, digits and \"-\", with a letter or digit at both ends")]
    [InlineData("- {podUid: " + Uid + ", namespace: a, name: a}\n- {podUid: " + Uid + ", namespace: b, name: b}", "pods.yaml:2:3: the pod \"" + Uid + "\" is there twice; the first is at pods.yaml:1:3; leave one out")]
    [InlineData("pod: []\npods: []", "pods.yaml:1:1: unknown key \"pod\" in a workload directory; did you mean \"pods\"?")]
    [InlineData("pods: []\nnamespaces: [{name: a}, {name: a}]", "pods.yaml:2:25: the namespace \"a\" is there twice; the first is at pods.yaml:2:14; leave one out")]
    [InlineData("text", "pods.yaml:1:1: expected a workload directory with pods, namespaces, found \"text\"")]
    [InlineData("pods: []\n---\npods: []", "pods.yaml:2:1: a second document begins here; the file is one document")]
    public void Mistake_is_named_at_its_place(string text, string expected)
    {
        Assert.Null(WorkloadFile.Parse(text, "pods.yaml", out var diagnostics));
        Assert.Equal(expected, Assert.Single(diagnostics).ToString());
    }

    [Fact]
    public void Oversized_directory_is_one_clear_error()
    {
        Assert.Null(WorkloadFile.Parse(new byte[WorkloadFile.MaxBytes + 1], "pods.yaml", out var diagnostics));
        Assert.Equal("pods.yaml: longer than 4 MiB; list the pods of this node alone", Assert.Single(diagnostics).ToString());
    }

    [Fact]
    public void Missing_directory_is_one_clear_error()
    {
        Assert.Null(WorkloadFile.Load("/nonexistent/pods.yaml", out var diagnostics));
        Assert.Equal("/nonexistent/pods.yaml: no such file or folder", Assert.Single(diagnostics).ToString());
    }
}
