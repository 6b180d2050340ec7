from nccid_eval.cli import main

main()
